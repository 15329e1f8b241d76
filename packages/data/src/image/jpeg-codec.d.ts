/** libjpeg-turbo in WebAssembly; the package brings no types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  /** Decodes JPEGs one after the other; its views are of the module's memory, until the next call. */
  export interface JpegDecoder {
    /** Where the encoded bytes go. */
    getEncodedBuffer(length: number): Uint8Array;
    /** @throws a number where libjpeg has an error or a warning */
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; componentCount: number };
  }
  export interface Codec {
    JPEGDecoder: new () => JpegDecoder;
  }
  export default function createCodec(options: { print(): void; printErr(): void }): Promise<Codec>;
}
