import Page from './SealerPage.vue';
import { mountOffline } from './mount.ts';

mountOffline(Page);
