/** Numbers of the local stack, from the range set aside for fiction (555-01xx). */
export const LOCAL_NUMBERS = {
  bank: '+12025550101',
  support: '+12025550102',
  /** The customer the sandbox's bank knows. */
  caller: '+12025550187',
} as const;
