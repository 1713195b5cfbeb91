import { exotelCredential } from './exotel-credential.ts';
import { exotelItem } from './exotel-item.ts';
import { exotelTrunk } from './exotel-trunk.ts';
import { livekitDispatchRule } from './livekit-dispatch-rule.ts';
import { livekitInboundTrunk } from './livekit-inbound-trunk.ts';
import { livekitOutboundTrunk } from './livekit-outbound-trunk.ts';
import { providerMethods, type ProviderMethods } from './provider-methods.ts';
import { twilioOriginationUrl } from './twilio-origination-url.ts';
import { twilioPhoneNumber } from './twilio-phone-number.ts';
import { twilioTrunk } from './twilio-trunk.ts';

// The names stand in the state of every stack: never change one.
const METHODS = {
  'exotel-credential': providerMethods(exotelCredential),
  'exotel-item': providerMethods(exotelItem),
  'exotel-trunk': providerMethods(exotelTrunk),
  'livekit-dispatch-rule': providerMethods(livekitDispatchRule),
  'livekit-inbound-trunk': providerMethods(livekitInboundTrunk),
  'livekit-outbound-trunk': providerMethods(livekitOutboundTrunk),
  'twilio-origination-url': providerMethods(twilioOriginationUrl),
  'twilio-phone-number': providerMethods(twilioPhoneNumber),
  'twilio-trunk': providerMethods(twilioTrunk),
} satisfies Record<string, ProviderMethods>;

/** Name of a kind of outside resource. */
export type ResourceKind = keyof typeof METHODS;

/**
 * The methods behind a dynamic provider's kind.
 * @throws Error for a kind this version does not know
 */
export function methodsOf(kind: string): ProviderMethods {
  const methods: ProviderMethods | undefined = (METHODS as Record<string, ProviderMethods>)[kind];
  if (!methods) throw new Error(`unknown kind of trunk resource: ${kind}`);
  return methods;
}
