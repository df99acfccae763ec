/** Return a viem `WalletClient`, with an account of its own or of a wallet, as a provider. */
export function fromViem(wallet) {
    const { account, chain } = wallet;
    const own = account?.address;
    return provider({
        eth_requestAccounts: async () => (own ? [own] : wallet.getAddresses()),
        // A key of its own is on the chain it was given; a wallet is on the one that its user chose.
        eth_chainId: async () => toHex(account?.type === "local" && chain ? chain.id : await wallet.getChainId()),
        personal_sign: ([raw, signer]) => wallet.signMessage({ account: account ?? signer, message: { raw } }),
    }, (request) => wallet.request(request));
}
/** Return an ethers v6 `Signer` as a provider. */
export function fromEthers(signer) {
    return provider({
        eth_requestAccounts: async () => [await signer.getAddress()],
        eth_chainId: async () => toHex((await signer.provider?.getNetwork())?.chainId ?? 1n),
        personal_sign: ([raw]) => signer.signMessage(toBytes(raw)),
    });
}
/** Return the connected wallet of a wagmi `Config` as a provider, which tells when its account or chain changes. */
export function fromWagmi(config) {
    const connection = () => config.state.connections.get(config.state.current ?? "") ?? { accounts: [] };
    const offs = new Map();
    const ask = async (request) => {
        const wallet = (await connection().connector?.getProvider());
        if (!wallet)
            throw Object.assign(new Error("No wallet is connected."), { code: 4900 }); // EIP-1193: disconnected
        return wallet.request(request);
    };
    return {
        ...provider({ eth_requestAccounts: async () => connection().accounts }, ask),
        on(event, listener) {
            const read = () => (event === "chainChanged" ? connection().chainId : connection().accounts[0]);
            const tell = () => listener((event === "chainChanged" ? toHex(connection().chainId ?? 0) : connection().accounts));
            if (event === "accountsChanged" || event === "chainChanged")
                offs.set(listener, config.subscribe(read, tell));
        },
        removeListener(_, listener) {
            offs.get(listener)?.();
            offs.delete(listener);
        },
    };
}
function provider(answers, otherwise) {
    return {
        async request(request) {
            const answer = answers[request.method];
            if (answer)
                return answer((request.params ?? []));
            if (otherwise)
                return otherwise(request);
            throw Object.assign(new Error(`This wallet does not serve ${request.method}.`), { code: 4200 }); // EIP-1193
        },
    };
}
function toHex(number) {
    return `0x${number.toString(16)}`;
}
function toBytes(hex) {
    return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
