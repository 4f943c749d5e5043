/** Milliseconds on a clock that never jumps and that all threads and processes of the machine share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
