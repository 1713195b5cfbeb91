import Module from 'node:module';
import { text as readAll } from 'node:stream/consumers';
import type * as pulumi from '@pulumi/pulumi';
import type { Props } from '../operations-type.ts';

// Does what Pulumi's dynamic provider process does (@pulumi/pulumi/cmd/dynamic-provider): takes the
// provider's text from the state, evaluates it as a module without a file, and calls its methods.
type Provider = Required<pulumi.dynamic.ResourceProvider<Props, Props>>;
interface BareModule {
  _compile(text: string, file: string): void;
  exports: { handler(): Provider };
}

const { text, inputs } = JSON.parse(await readAll(process.stdin)) as {
  text: string;
  inputs: Props;
};
const bare = new Module('') as unknown as BareModule;
bare._compile(text, '');
const provider = bare.exports.handler();
const made = await provider.create(inputs);
const outs = made.outs ?? {};
const diff = await provider.diff(made.id, outs, inputs);
const back = await provider.read(made.id, outs);
await provider.delete(made.id, outs);
process.stdout.write(JSON.stringify({ made, diff, back }));
