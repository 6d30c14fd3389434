// What the test says, and the way to fail it.
export const HOST = process.env.HOST;
export const KEY = process.env.KEY;
export const NAME = process.env.NAME;
export const fails = (problem) => { console.error("refused:", problem); process.exitCode = 1; };
