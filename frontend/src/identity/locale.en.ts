import type { Translation } from '../locales/messages.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  lack: {
    noCrypto: 'Nothing can be signed at this address',
    signedOut: 'Sign in first, then sign',
    noKey: 'This computer does not hold your keys',
    noCertificate: 'The keys are here; their certificates have not come yet',
    notRegistered: 'The certificate on this computer is not registered for this seat, or was revoked',
    expired: 'The certificate has expired and can no longer sign',
    notYet: 'The certificate is not valid yet',
    doCrypto: 'Browsers offer cryptography only over https or on the computer itself. Open this page over https.',
  },
  moment: {
    what: 'What will happen once you sign',
    lasting: 'What cannot be undone',
    who: 'Whose certificate signs',
    holder: 'Signer',
    signing: 'Signing…',
  },
  keys: {
    go: 'Go to “Certificates and keys”',
    endsIn: 'Your certificate ends in {days} days: ',
    renew: 'Renew the certificate',
    until: 'Valid until',
    fingerprint: 'Certificate fingerprint',
  },
};
