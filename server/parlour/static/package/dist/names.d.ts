/** What an account is called: by its profile, its ENS name or its address, in this order. The same in `parlour_client`. */
import type { Account, Profile } from "./protocol/types.js";
/** Shorten an account to `0xf39F…2266`; what is no address stays as it is. */
export declare function shortAccount(account: Account): string;
/**
 * Name an account. Names are not unique: show `withAddress`, or let people reach the address from the name.
 * @param guest the number that the server's greeting gave a guest (`client.me`), whose account is empty.
 */
export declare function nameOf(account: Account, profile?: Profile, guest?: number): string;
/** A name with what it is the name of: `Ada (0xf39F…2266)`. */
export declare function withAddress(account: Account, profile?: Profile): string;
