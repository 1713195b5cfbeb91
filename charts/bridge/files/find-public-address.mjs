// Writes the public address of the node this pod runs on to a file, for the containers that start
// after it. The node's annotation counts before its ExternalIP; the inner address never does, since
// a carrier that is told a private address sends its audio nowhere and the call is silent.
import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const { NODE_NAME, ADDRESS_ANNOTATION, PUBLIC_ADDRESS_FILE, TOKEN_FILE, KUBERNETES_API } =
  process.env;

const response = await fetch(`${KUBERNETES_API}/api/v1/nodes/${NODE_NAME}`, {
  headers: { authorization: `Bearer ${(await readFile(TOKEN_FILE, 'utf8')).trim()}` },
  signal: AbortSignal.timeout(10_000),
});
if (!response.ok) fail(`The Kubernetes API answered ${response.status}: ${await response.text()}`);
const node = await response.json();
const annotated = node.metadata.annotations?.[ADDRESS_ANNOTATION];
const external = node.status.addresses?.find((address) => address.type === 'ExternalIP')?.address;
const found = annotated ?? external;
if (found === undefined) {
  fail(
    `Node ${NODE_NAME} has neither the annotation ${ADDRESS_ANNOTATION} nor an ExternalIP. ` +
      `Annotate it (kubectl annotate node ${NODE_NAME} ${ADDRESS_ANNOTATION}=203.0.113.7), ` +
      'or set publicAddress.address, or publicAddress.source to hostIP.',
  );
}
if (isIP(found) === 0) fail(`${JSON.stringify(found)} of node ${NODE_NAME} is not an IP address.`);
await writeFile(PUBLIC_ADDRESS_FILE, found);
console.log(
  `Public address of ${NODE_NAME}: ${found} (${annotated ? 'annotation' : 'ExternalIP'})`,
);

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
