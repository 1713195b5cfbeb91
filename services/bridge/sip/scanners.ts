/**
 * Programs that look for open SIP servers, by what they write as User-Agent. Real phones have none
 * of these names. drachtio-server drops most of them itself (charts/bridge/files/drachtio.conf.xml).
 */
const SCANNERS = [
  'friendly-scanner',
  'sipvicious',
  'sundayddr',
  'siparmyknife',
  'sip-scan',
  'sipsak',
  'sipcli',
  'sip-cli',
  'pplsip',
  'nm@nmap',
] as const;

/** Is this User-Agent known to look for open SIP servers? */
export function isScanner(userAgent: string): boolean {
  const name = userAgent.toLowerCase();
  return SCANNERS.some((scanner) => name.includes(scanner));
}
