export * from '../../scripts/play/client.ts';
