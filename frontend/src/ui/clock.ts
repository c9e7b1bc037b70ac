import { inject, ref, type InjectionKey, type Ref } from 'vue';

/** The server's time in milliseconds, ticking each second; the app provides it, the kit only shows it. */
export const serverNowKey: InjectionKey<Readonly<Ref<number>>> = Symbol('server now');

/** The server's time, wherever one is in the page. Zero until the first answer of the clock. */
export const useServerNow = (): Readonly<Ref<number>> => inject(serverNowKey, () => ref(0), true);
