/** Shorten an account to `0xf39F…2266`; what is no address stays as it is. */
export function shortAccount(account) {
    const address = account.split(":").at(-1) ?? account;
    return /^0x[0-9a-fA-F]{40}$/.test(address) ? `${address.slice(0, 6)}…${address.slice(-4)}` : account;
}
/**
 * Name an account. Names are not unique: show `withAddress`, or let people reach the address from the name.
 * @param guest the number that the server's greeting gave a guest (`client.me`), whose account is empty.
 */
export function nameOf(account, profile = {}, guest) {
    if (!account)
        return guest === undefined ? "Guest" : `Guest ${guest}`;
    return profile.name ?? profile.ens ?? shortAccount(account);
}
/** A name with what it is the name of: `Ada (0xf39F…2266)`. */
export function withAddress(account, profile = {}) {
    const [name, short] = [nameOf(account, profile), shortAccount(account)];
    return account && name !== short ? `${name} (${short})` : name;
}
