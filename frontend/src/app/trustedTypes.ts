/*
 * Where the browser knows Trusted Types, text becomes markup or code only through a policy. This one is for workers:
 * they run what comes from this very house, and nothing else.
 */
type Factory = { createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => unknown };

(globalThis as { trustedTypes?: Factory }).trustedTypes?.createPolicy('default', {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError('a script of somebody else');
    return url;
  },
});
