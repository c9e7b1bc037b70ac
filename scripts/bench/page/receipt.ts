import { meetsQuorum, parsePolicy, policyKeys, verifyReceipt } from '@xinbiao/contracts/trust';

/** Checks one receipt as the receipt page does: form, log, two witnesses, place under the root. */
async function measure(): Promise<unknown> {
  const { receipt, policy } = (await (await fetch('/receipt.json')).json()) as { receipt: string; policy: string };
  const once = (): number => {
    const began = performance.now();
    const parsed = parsePolicy(policy);
    const checked = verifyReceipt({ proof: receipt, verifierKeys: policyKeys(parsed) });
    if (!checked.ok || !meetsQuorum(parsed, checked.receipt.signed)) throw new Error('the receipt does not hold');
    return performance.now() - began;
  };
  // The first is what a visitor waits for, on code that has never run.
  const first = once();
  const times = Array.from({ length: 41 }, once).toSorted((one, other) => one - other);
  return { first, middle: times[20] };
}

measure().then(
  (found) => fetch('/found', { method: 'POST', body: JSON.stringify(found) }),
  (fault: unknown) => fetch('/found', { method: 'POST', body: String(fault) }),
);
