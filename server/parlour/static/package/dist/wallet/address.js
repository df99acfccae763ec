const MASK = (1n << 64n) - 1n;
const RATE = 136;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
/** Keccak-256 (the padding of Ethereum, not of FIPS 202): only for checksums, a few bytes at a time. */
export function keccak256(input) {
    const padded = new Uint8Array(Math.ceil((input.length + 1) / RATE) * RATE);
    padded.set(input);
    padded[input.length] |= 0x01;
    padded[padded.length - 1] |= 0x80;
    const state = new BigUint64Array(25);
    const blocks = new DataView(padded.buffer);
    for (let offset = 0; offset < padded.length; offset += RATE) {
        for (let lane = 0; lane < RATE / 8; lane++)
            state[lane] ^= blocks.getBigUint64(offset + lane * 8, true);
        permute(state);
    }
    const out = new DataView(new ArrayBuffer(32));
    for (let lane = 0; lane < 4; lane++)
        out.setBigUint64(lane * 8, state[lane], true);
    return new Uint8Array(out.buffer);
}
/** Keccak-f[1600]; its round constants and rotations are generated as in the Keccak reference, section 1.2. */
function permute(lanes) {
    let lfsr = 1;
    for (let round = 0; round < 24; round++) {
        const column = [0, 1, 2, 3, 4].map((x) => [0, 5, 10, 15, 20].reduce((sum, y) => sum ^ lanes[x + y], 0n));
        for (let i = 0; i < 25; i++)
            lanes[i] ^= column[(i + 4) % 5] ^ rotate(column[(i + 1) % 5], 1);
        let [x, y, moving] = [1, 0, lanes[1]];
        for (let step = 0; step < 24; step++) {
            [x, y] = [y, (2 * x + 3 * y) % 5];
            const target = x + 5 * y;
            [moving, lanes[target]] = [lanes[target], rotate(moving, (((step + 1) * (step + 2)) / 2) % 64)];
        }
        for (let row = 0; row < 25; row += 5) {
            const old = lanes.slice(row, row + 5);
            for (let i = 0; i < 5; i++)
                lanes[row + i] = old[i] ^ (~old[(i + 1) % 5] & old[(i + 2) % 5]);
        }
        for (let bit = 0; bit < 7; bit++) {
            lfsr = ((lfsr << 1) ^ ((lfsr >> 7) * 0x71)) % 256;
            if (lfsr & 2)
                lanes[0] ^= 1n << ((1n << BigInt(bit)) - 1n);
        }
    }
}
function rotate(lane, by) {
    return ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK;
}
/** Whether a wallet's answer is a list of addresses. */
export function areAddresses(answer) {
    return Array.isArray(answer) && answer.every((one) => ADDRESS.test(String(one)));
}
/** EIP-55: the capital letters are the checksum. Wallets often answer in lower case. */
export function checksumAddress(address) {
    const digits = address.slice(2).toLowerCase();
    if (!ADDRESS.test(address))
        throw new RangeError(`not an address: ${address}`);
    const hash = keccak256(new TextEncoder().encode(digits));
    const letters = [...digits].map((digit, i) => {
        const nibble = (hash[i >> 1] >> (i % 2 ? 0 : 4)) & 15;
        return nibble >= 8 ? digit.toUpperCase() : digit;
    });
    return `0x${letters.join("")}`;
}
