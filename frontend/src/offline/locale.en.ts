import type { Translation } from '../locales/index.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  alone: 'This page stands alone: it uses no network and keeps nothing',
  noCrypto: 'This browser cannot encrypt. Use a recent Chrome, Edge or Firefox.',
  tender: 'Tender',
  lot: 'Lot',
  deadline: 'Deadline',
  bidder: 'Bidder',
  suite: 'Algorithms',
  notice: 'Fingerprint of the notice',
  fingerprint: 'Fingerprint of the bid',
  keyFile: 'Key file (.p12)',
  keyFileNote: 'The file you saved when you registered your keys. It is read on this computer only.',
  password: 'Password of the key file',
  filesNote: 'Files are read and encrypted on this computer only.',
  sealer: {
    title: 'Seal a bid offline',
    lead: 'Seal the bid on a computer without a network, then upload it on the bid page. The platform’s page never meets your price or your files.',
    facts: 'Sealing facts',
    factsNote: 'The file “sealing-facts.json” from the bid page.',
    notFacts: 'This is no file of sealing facts, or it was changed. Download it again from the bid page.',
    factsWrong:
      'These facts are not those of the signed notice; nothing is sealed to them ({faults}). Keep the file: it is evidence of a fault of the platform.',
    compare: 'Compare the notice’s fingerprint and the deadline with the tender’s page before you go on.',
    key: 'Signature and recovery',
    noKey: 'Choose your key file.',
    otherKey:
      'The key file does not hold the signing certificate that the bid was begun with. Use that file, or begin again on the bid page.',
    noGateKey:
      'The opening of this tender needs your own encryption key too, and this file does not hold it. Use the file with both certificates.',
    wrongPassword: 'The password is wrong.',
    notKey: 'This is no key file that can be read.',
    seal: 'Seal and save',
    sealing: 'Sealing …',
    field: 'A field is not as the form asks: {at}',
    failed: 'It was not sealed ({what}). Nothing was left behind; you can try again.',
    done: 'Sealed, not handed in yet',
    next: 'Before the deadline choose “Upload a sealed bid” on the bid page and give it {name}. Only a receipt means that it is handed in.',
    keepRecovery:
      'Save the recovery file too and remember the passphrase. If the officers cannot open the bid, it alone opens it and proves what is inside.',
  },
  opener: {
    title: 'Open offline',
    lead: 'An officer checks everything and takes out the shares on a computer without a network, then hands them over on the opening page. The encryption key never enters the platform’s page.',
    request: 'Release request',
    requestNote: 'The file “release-request.json” from the opening page, after the deadline.',
    notRequest: 'This is no release request, or it was changed. Download it again from the opening page.',
    checks: 'Checks',
    release: 'Take out the shares, sign and save',
    releasing: 'Taking out the shares …',
    done: 'The shares are out and signed, not handed over yet',
    next: 'Choose “Hand over shares taken out offline” on the opening page and give it {name}.',
    failed: 'It did not work ({what}).',
    otherKey: 'The key file does not hold the encryption certificate of the keyring, or not your signing certificate.',
    stop: 'A check failed: hand nothing over. Give the request file to the supervising department.',
  },
};
