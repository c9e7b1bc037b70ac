import * as pdfjs from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { OwnBinaryDataFactory } from './pdfAssets.ts';

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

export const { TextLayer } = pdfjs;
export type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';

/** Opens a file of a bid: no script in it ever runs, and nothing is fetched from anywhere else. */
export const openPdf = (url: string) =>
  pdfjs.getDocument({
    url,
    isEvalSupported: false,
    enableXfa: false,
    useWorkerFetch: false,
    BinaryDataFactory: OwnBinaryDataFactory,
    cMapUrl: '/',
    standardFontDataUrl: '/',
    wasmUrl: '/',
    cMapPacked: true,
  } as Parameters<typeof pdfjs.getDocument>[0]);
