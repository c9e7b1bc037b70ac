/** Object identifiers of RFC 5280, 5652, 5035, 8018 and 7292, by the names the code uses. */
export const oids = {
  commonName: '2.5.4.3', serialNumber: '2.5.4.5', country: '2.5.4.6', locality: '2.5.4.7', province: '2.5.4.8',
  organisation: '2.5.4.10', unit: '2.5.4.11', organisationIdentifier: '2.5.4.97',
  emailAddress: '1.2.840.113549.1.9.1',

  subjectKeyIdentifier: '2.5.29.14', keyUsage: '2.5.29.15', subjectAltName: '2.5.29.17', basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20', reasonCode: '2.5.29.21', crlPoints: '2.5.29.31', policies: '2.5.29.32',
  nameConstraints: '2.5.29.30', policyConstraints: '2.5.29.36',
  authorityKeyIdentifier: '2.5.29.35', extendedKeyUsage: '2.5.29.37', anyExtendedKeyUsage: '2.5.29.37.0',
  clientAuth: '1.3.6.1.5.5.7.3.2', emailProtection: '1.3.6.1.5.5.7.3.4', documentSigning: '1.3.6.1.5.5.7.3.36',
  timeStamping: '1.3.6.1.5.5.7.3.8',

  rsa: '1.2.840.113549.1.1.1', rsaSha1: '1.2.840.113549.1.1.5', rsaSha256: '1.2.840.113549.1.1.11',
  rsaSha384: '1.2.840.113549.1.1.12', rsaSha512: '1.2.840.113549.1.1.13',
  ec: '1.2.840.10045.2.1', p256: '1.2.840.10045.3.1.7', p384: '1.3.132.0.34', p521: '1.3.132.0.35',
  ecdsaSha1: '1.2.840.10045.4.1', ecdsaSha256: '1.2.840.10045.4.3.2', ecdsaSha384: '1.2.840.10045.4.3.3',
  ecdsaSha512: '1.2.840.10045.4.3.4',
  sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2', sha512: '2.16.840.1.101.3.4.2.3',

  sm2: '1.2.156.10197.1.301', sm2Sign: '1.2.156.10197.1.301.1', sm2Sm3: '1.2.156.10197.1.501', sm3: '1.2.156.10197.1.401',

  data: '1.2.840.113549.1.7.1', signedData: '1.2.840.113549.1.7.2', encryptedData: '1.2.840.113549.1.7.6',
  contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4', signingTime: '1.2.840.113549.1.9.5',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  timestampToken: '1.2.840.113549.1.9.16.2.14',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',

  pbes2: '1.2.840.113549.1.5.13', pbkdf2: '1.2.840.113549.1.5.12', hmacSha1: '1.2.840.113549.2.7', hmacSha256: '1.2.840.113549.2.9',
  hmacSha384: '1.2.840.113549.2.10', hmacSha512: '1.2.840.113549.2.11',
  aes128Cbc: '2.16.840.1.101.3.4.1.2', aes192Cbc: '2.16.840.1.101.3.4.1.22', aes256Cbc: '2.16.840.1.101.3.4.1.42',
  pbe3Des: '1.2.840.113549.1.12.1.3', pbeRc2With128: '1.2.840.113549.1.12.1.5', pbeRc2With40: '1.2.840.113549.1.12.1.6',
  keyBag: '1.2.840.113549.1.12.10.1.1', shroudedKeyBag: '1.2.840.113549.1.12.10.1.2', certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1', friendlyName: '1.2.840.113549.1.9.20', localKeyId: '1.2.840.113549.1.9.21',
} as const; // prettier-ignore
