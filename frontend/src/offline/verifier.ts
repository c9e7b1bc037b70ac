import Page from './VerifierPage.vue';
import { mountOffline } from './mount.ts';

mountOffline(Page);
