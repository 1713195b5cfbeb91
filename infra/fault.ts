/** One thing wrong with the configuration. */
export interface Fault {
  /** `patchbay:trunks[0].numbers` */
  key: string;
  /** What is wrong and what would be right. */
  problem: string;
}
