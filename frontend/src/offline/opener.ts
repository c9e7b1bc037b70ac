import Page from './OpenerPage.vue';
import { mountOffline } from './mount.ts';

mountOffline(Page);
