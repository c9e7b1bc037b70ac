/** Hands the user a file made in the page. */
export function saveFile(
  name: string,
  content: Uint8Array<ArrayBuffer> | string,
  type = 'application/octet-stream',
): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the blob only after this task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that file systems take, from names of people and companies. */
export const fileNameOf = (...parts: readonly (string | null | undefined)[]): string =>
  parts
    .filter((part): part is string => Boolean(part))
    .map((part) => part.replaceAll(/[\s/\\:*?"<>|]+/g, '_'))
    .join('-');

/** DER in PEM's clothes. */
export function pemOf(label: string, der: Uint8Array): string {
  let binary = '';
  for (const byte of der) binary += String.fromCharCode(byte);
  return `-----BEGIN ${label}-----\n${btoa(binary).replaceAll(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`;
}

/** Every certificate in a file, PEM or DER; nothing is believed about them here. */
export function certificatesIn(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const text = new TextDecoder().decode(bytes);
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) return [new Uint8Array(bytes)];
  return blocks.map(([, body = '']) => Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (sign) => sign.charCodeAt(0)));
}
