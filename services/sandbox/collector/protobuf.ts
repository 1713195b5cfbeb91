/** A field of a message: its name here, and how its bytes are read. */
export interface Field {
  name: string;
  read: 'string' | 'hex' | 'varint' | 'fixed64' | 'double' | Message;
  repeated?: boolean;
}

/** The fields that are read of a message, by number. All others are skipped. */
export type Message = Readonly<Record<number, Field>>;

export class ProtobufError extends Error {
  constructor(message: string) {
    super(`not the protobuf message it should be: ${message}`);
    this.name = 'ProtobufError';
  }
}

/** No honest message is nested as deeply. */
const MOST_DEPTH = 24;

/**
 * Read the given fields of a message. Fields that are absent are absent; of numbers as wide as a
 * 64-bit integer the last digits may be lost.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 * @throws {ProtobufError}
 */
export function readMessage(bytes: Buffer, message: Message, depth = 0): Record<string, unknown> {
  if (depth > MOST_DEPTH) throw new ProtobufError('nested too deeply');
  const result: Record<string, unknown> = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = Number(reader.varint());
    const field = message[tag >>> 3];
    const value = readField(reader, tag & 7, field, depth);
    if (!field || value === undefined) continue;
    if (field.repeated) ((result[field.name] ??= []) as unknown[]).push(value);
    else result[field.name] = value;
  }
  return result;
}

function readField(
  reader: Reader,
  wireType: number,
  field: Field | undefined,
  depth: number,
): unknown {
  const wanted = field?.read;
  switch (wireType) {
    case 0: {
      const value = reader.varint();
      return wanted === 'varint' ? Number(BigInt.asIntN(64, value)) : undefined;
    }
    case 1: {
      const value = reader.take(8);
      if (wanted === 'fixed64') return value.readBigUInt64LE();
      return wanted === 'double' ? value.readDoubleLE() : undefined;
    }
    case 2: {
      const value = reader.take(Number(reader.varint()));
      if (wanted === 'string') return value.toString('utf8');
      if (wanted === 'hex') return value.toString('hex');
      return typeof wanted === 'object' ? readMessage(value, wanted, depth + 1) : undefined;
    }
    case 5:
      reader.take(4);
      return undefined;
    default:
      throw new ProtobufError(`wire type ${wireType}`);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new ProtobufError('it ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('a number is too long');
  }
}
