import { readHouse } from '@xinbiao/contracts/house';
import type { SuiteName } from '@xinbiao/contracts/trust';
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { callOver, type Line } from './api.ts';

/** Whose house this is: the city, and whether it is a demonstration. */
export const useHouse = defineStore('house', () => {
  const city = ref<{ zh: string; en: string }>();
  const mode = ref<'demo' | 'production'>('production');
  const suite = ref<SuiteName>('XB1');
  async function load(line: Line): Promise<void> {
    const answer = await callOver(line, readHouse, {});
    if (!answer.ok) return;
    city.value = answer.value.city;
    mode.value = answer.value.mode;
    suite.value = answer.value.suite;
  }
  return { city, mode, suite, load };
});
