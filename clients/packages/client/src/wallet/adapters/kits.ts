import type { SessionManager } from "../../auth/session.js";
import { formatSignInMessage, type SignInMessage } from "../../auth/siwe.js";
import { ParlourError } from "../../protocol/errors.js";
import type { NonceReply } from "../../protocol/types.js";
import { checksumAddress } from "../address.js";

/** What a kit signs in with: a `SessionManager`. */
export type KitSession = Pick<SessionManager, "nonce" | "verify" | "signOut" | "session">;

interface Asked {
  nonce: string;
  address: string;
  chainId: number;
}

interface Signed {
  message: string;
  signature: string;
}

/** What kits ask one after the other: a nonce, the message with it, and whether its signature opens a session. */
class SignIn {
  readonly #session: KitSession;
  #said: NonceReply | undefined;

  constructor(session: KitSession) {
    this.#session = session;
  }

  readonly getNonce = async (): Promise<string> => (this.#said = await this.#session.nonce()).nonce;

  /** Return what is signed: a chain that the server does not take is replaced by its first. */
  readonly message = ({ nonce, address, chainId }: Asked): SignInMessage => {
    if (this.#said?.nonce !== nonce) throw new RangeError("This nonce is not the one that was asked for last.");
    const { chainIds } = this.#said;
    const chain = chainIds.includes(chainId) ? chainId : (chainIds[0] ?? chainId);
    return { ...this.#said, address: checksumAddress(address), chainId: chain };
  };

  readonly createMessage = (asked: Asked): string => formatSignInMessage(this.message(asked));

  /** Open a session; false where the server refuses. @throws ParlourError where it cannot be asked */
  readonly verify = async ({ message, signature }: Signed): Promise<boolean> => {
    try {
      await this.#session.verify({ message, signature });
      return true;
    } catch (error) {
      if (error instanceof ParlourError && !error.retryable) return false;
      throw error;
    }
  };
}

/** Make what RainbowKit's `createAuthenticationAdapter` takes. */
export function rainbowKitAuth(session: KitSession): {
  getNonce(): Promise<string>;
  createMessage(asked: Asked): string;
  verify(signed: Signed): Promise<boolean>;
  signOut(): Promise<void>;
} {
  const { getNonce, createMessage, verify } = new SignIn(session);
  return { getNonce, createMessage, verify, signOut: () => session.signOut() };
}

/** Make a ConnectKit `SIWEConfig`. */
export function connectKitSiwe(session: KitSession): {
  getNonce(): Promise<string>;
  createMessage(asked: Asked): string;
  verifyMessage(signed: Signed): Promise<boolean>;
  getSession(): Promise<{ address: `0x${string}`; chainId: number } | null>;
  signOut(): Promise<boolean>;
} {
  const { getNonce, createMessage, verify } = new SignIn(session);
  return {
    getNonce,
    createMessage,
    verifyMessage: verify,
    async getSession() {
      const now = session.session.get();
      return now && { address: now.address as `0x${string}`, chainId: Number(now.chainId) };
    },
    async signOut() {
      await session.signOut();
      return true;
    },
  };
}

interface SiwxData<Chain> {
  accountAddress: string;
  /** CAIP-2. */
  chainId: Chain;
  domain: string;
  uri: string;
  version: string;
  nonce: string;
  statement?: string;
  issuedAt?: string;
  expirationTime?: string;
}

interface SiwxSession<Chain> extends Signed {
  data: SiwxData<Chain>;
}

/** Make the SIWX configuration of Reown's AppKit, for chains of the EVM. */
export function reownSiwx(session: KitSession): {
  createMessage<Chain extends string>(input: {
    accountAddress: string;
    chainId: Chain;
  }): Promise<SiwxData<Chain> & { toString(): string }>;
  addSession(signed: SiwxSession<string>): Promise<void>;
  setSessions(signed: SiwxSession<string>[]): Promise<void>;
  revokeSession(): Promise<void>;
  getSessions<Chain extends string>(chainId: Chain, address: string): Promise<SiwxSession<Chain>[]>;
} {
  const { getNonce, message, verify } = new SignIn(session);
  const addSession = async (signed: Signed): Promise<void> => {
    if (!(await verify(signed))) throw new Error("The server did not accept this signature.");
  };
  return {
    async createMessage({ accountAddress, chainId }) {
      const chain = Number(/^eip155:(\d+)$/.exec(chainId)?.[1]);
      if (!chain) throw new RangeError(`${chainId} is no chain of the EVM.`);
      const asked = { nonce: await getNonce(), address: accountAddress, chainId: chain };
      const said = message(asked);
      const { domain, uri, version, nonce, statement, issuedAt, expirationTime } = said;
      const data: SiwxData<typeof chainId> = { accountAddress, chainId, domain, uri, version, nonce, issuedAt };
      if (statement) data.statement = statement;
      if (expirationTime) data.expirationTime = expirationTime;
      return { ...data, toString: () => formatSignInMessage(said) };
    },
    addSession,
    async setSessions(signed) {
      const last = signed.at(-1);
      if (last) await addSession(last);
      else await session.signOut();
    },
    revokeSession: () => session.signOut(),
    async getSessions(chainId, address) {
      const now = session.session.get();
      if (now?.address.toLowerCase() !== address.toLowerCase()) return [];
      const data = { accountAddress: now.address, chainId, domain: "", uri: "", version: "1", nonce: "" };
      return [{ data, message: "", signature: "" }]; // that there is one is all that AppKit asks
    },
  };
}
