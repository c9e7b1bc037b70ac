const { port1, port2 } = new MessageChannel();
port2.close();

/**
 * Frees memory at once. What a browser makes for a page otherwise waits for its collector, hundreds of megabytes of
 * it while a bid is sealed, and comes back as fresh pages that cost as much as the cipher; what is sent to a port
 * that is closed is gone.
 */
export const letGo = (buffers: ArrayBuffer[]): void => port1.postMessage(null, buffers);
