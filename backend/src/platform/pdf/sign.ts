import {
  Malformed,
  paperSignatures,
  sha256,
  signatureValueOf,
  signDetached,
  withTimestamps,
  type PaperSignature,
} from '@xinbiao/contracts/trust';
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRef,
  PDFString,
  type PDFObject,
} from 'pdf-lib';

export type PaperSigner = {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly privateKey: CryptoKey;
  /** Why, in words a reader of the signature panel understands. */
  readonly reason: string;
  readonly name: string;
  readonly signedAt: Date;
  /** Fetches timestamps over SHA-256 of the signature's value; none where no authority answers. */
  readonly stamp?: (digest: Uint8Array) => Promise<readonly Uint8Array[]>;
};

/**
 * Signs a paper whole, PAdES baseline (SubFilter ETSI.CAdES.detached). What was there stays byte for byte, so
 * a paper that is signed already must be countersigned instead. Throws Malformed for a file not made by `makePaper`.
 */
export async function signPaper(pdf: Uint8Array, signer: PaperSigner): Promise<Uint8Array> {
  const revision = await readRevision(pdf);
  if (revision.signatures.length > 0) throw new Malformed('paper is signed already');
  return appendSignature(revision, signer);
}

/** Adds one more signature behind those that stand, which stay valid. */
export async function countersignPaper(pdf: Uint8Array, signer: PaperSigner): Promise<Uint8Array> {
  const revision = await readRevision(pdf);
  if (revision.signatures.length === 0) throw new Malformed('paper has no signature to stand beside');
  return appendSignature(revision, signer);
}

/* ---------- reading ---------- */

type Revision = {
  readonly bytes: Uint8Array;
  readonly document: PDFDocument;
  /** Where the last cross-reference table begins. */
  readonly previous: number;
  readonly signatures: readonly PaperSignature[];
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

async function readRevision(bytes: Uint8Array): Promise<Revision> {
  const tail = latin1(bytes.subarray(-1024));
  const previous = Number(/startxref\s+(\d{1,10})\s+%%EOF\s*$/.exec(tail)?.[1] ?? Number.NaN);
  // A stream of cross references would need another kind of update; our papers never have one.
  if (!(previous < bytes.length) || latin1(bytes.subarray(previous, previous + 4)) !== 'xref')
    throw new Malformed('paper');
  const document = await loaded(bytes);
  return { bytes, document, previous, signatures: paperSignatures(bytes) };
}

async function loaded(bytes: Uint8Array): Promise<PDFDocument> {
  try {
    const document = await PDFDocument.load(bytes, { updateMetadata: false, throwOnInvalidObject: true });
    if (document.getPageCount() === 0) throw new Malformed('paper');
    return document;
  } catch {
    throw new Malformed('paper');
  }
}

const acroForm = (document: PDFDocument): PDFDict | undefined =>
  dictionary(document, document.catalog.get(PDFName.of('AcroForm')));

function dictionary(document: PDFDocument, object: PDFObject | undefined): PDFDict | undefined {
  const found = object instanceof PDFRef ? document.context.lookup(object) : object;
  return found instanceof PDFDict ? found : undefined;
}

/* ---------- writing ---------- */

/** ISO 32000 §12.7.5.5: signatures exist, and the file may only grow. */
const signaturesExistAppendOnly = 3;
const printLocked = 4 | 128;
const rangePlace = '[0 0000000000 0000000000 0000000000]';

/**
 * Appends an incremental update by hand: pdf-lib writes files anew, which breaks earlier signatures, and the
 * placeholder libraries cannot say a Chinese name.
 */
async function appendSignature(
  { bytes, document, previous, signatures }: Revision,
  signer: PaperSigner,
): Promise<Uint8Array> {
  const { context, catalog } = document;
  const page = document.getPage(0);
  const [signatureRef, widgetRef, appearanceRef] = [context.nextRef(), context.nextRef(), context.nextRef()];
  const objects: { ref: PDFRef; body: string }[] = [];
  const write = (ref: PDFRef, object: PDFObject): void => void objects.push({ ref, body: latin1(serialised(object)) });

  const widget = context.obj({
    Type: 'Annot', Subtype: 'Widget', FT: 'Sig', Rect: [0, 0, 0, 0], F: printLocked, V: signatureRef, P: page.ref, AP: { N: appearanceRef },
    T: PDFString.of(`Signature${signatures.length + 1}`),
  }); // prettier-ignore
  write(widgetRef, widget);
  write(appearanceRef, context.formXObject([], { BBox: [0, 0, 0, 0], Resources: {} }));

  const annotations = page.node.lookupMaybe(PDFName.of('Annots'), PDFArray)?.asArray() ?? [];
  page.node.set(PDFName.of('Annots'), context.obj([...annotations, widgetRef]));
  write(page.ref, page.node);

  const known = catalog.get(PDFName.of('AcroForm'));
  const formRef = known instanceof PDFRef ? known : context.nextRef();
  const form = acroForm(document) ?? context.obj({});
  const fields = form.lookupMaybe(PDFName.of('Fields'), PDFArray)?.asArray() ?? [];
  form.set(PDFName.of('Fields'), context.obj([...fields, widgetRef]));
  form.set(PDFName.of('SigFlags'), PDFNumber.of(signaturesExistAppendOnly));
  write(formRef, form);
  if (known !== formRef) {
    catalog.set(PDFName.of('AcroForm'), formRef);
    const { Root: root } = context.trailerInfo;
    if (!(root instanceof PDFRef)) throw new Malformed('paper');
    write(root, catalog);
  }

  // Two authorities with their chains fit.
  const room =
    (signer.stamp ? 24_576 : 8192) +
    [signer.certificate, ...signer.chain].reduce((total, { length }) => total + length, 0);
  const text = (value: string): string => PDFHexString.fromText(value).toString();
  const head = `<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name ${text(signer.name)} /Reason ${text(signer.reason)} /M ${PDFString.fromDate(signer.signedAt).toString()} /ByteRange `;
  objects.push({ ref: signatureRef, body: `${head}${rangePlace} /Contents <${'0'.repeat(room * 2)}> >>` });

  const update = assemble(bytes, { objects, previous, document });
  return filled(Buffer.concat([bytes, update]), { from: bytes.length, signer });
}

function serialised(object: PDFObject): Uint8Array {
  const bytes = new Uint8Array(object.sizeInBytes());
  object.copyBytesInto(bytes, 0);
  return bytes;
}

function assemble(
  bytes: Uint8Array,
  {
    objects,
    previous,
    document,
  }: { objects: readonly { ref: PDFRef; body: string }[]; previous: number; document: PDFDocument },
): Buffer {
  const { context } = document;
  let text = bytes.at(-1) === 0x0a ? '' : '\n';
  const places = objects
    .map(({ ref, body }) => {
      const at = bytes.length + text.length;
      text += `${ref.objectNumber} ${ref.generationNumber} obj\n${body}\nendobj\n`;
      return { ref, at };
    })
    .toSorted((a, b) => a.ref.objectNumber - b.ref.objectNumber);
  const table = bytes.length + text.length;
  text += 'xref\n0 1\n0000000000 65535 f \n';
  for (const { ref, at } of places)
    text += `${ref.objectNumber} 1\n${String(at).padStart(10, '0')} ${String(ref.generationNumber).padStart(5, '0')} n \n`;
  const { Root: root, Info: info, ID: id } = context.trailerInfo;
  const named = [['Root', root], ['Info', info], ['ID', id]].flatMap(([name, value]) => (value === undefined ? [] : [`/${String(name)} ${String(value)}`])).join(' '); // prettier-ignore
  text += `trailer\n<< /Size ${context.largestObjectNumber + 1} ${named} /Prev ${previous} >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** Signs everything but the hexadecimal string the signature then goes into. */
async function filled(pdf: Buffer, { from, signer }: { from: number; signer: PaperSigner }): Promise<Uint8Array> {
  const rangeAt = pdf.indexOf(rangePlace, from, 'latin1');
  const gapStart = pdf.indexOf('/Contents <', rangeAt, 'latin1') + '/Contents '.length;
  const gapEnd = pdf.indexOf('>', gapStart, 'latin1') + 1;
  const number = (value: number): string => String(value).padStart(10, '0');
  pdf.write(`[0 ${number(gapStart)} ${number(gapEnd)} ${number(pdf.length - gapEnd)}]`, rangeAt, 'latin1');
  const content = Buffer.concat([pdf.subarray(0, gapStart), pdf.subarray(gapEnd)]);
  const { certificate, chain, privateKey } = signer;
  // No signing time inside: PAdES wants it in the dictionary's /M, and proven time comes from a timestamp.
  const bare = await signDetached({ content, certificate, chain, privateKey });
  const tokens = (await signer.stamp?.(sha256(signatureValueOf(bare)))) ?? [];
  const signature = Buffer.from(withTimestamps(bare, tokens)).toString('hex');
  if (signature.length > gapEnd - gapStart - 2) throw new Malformed('signature is longer than its place');
  pdf.write(signature, gapStart + 1, 'latin1');
  return new Uint8Array(pdf);
}
