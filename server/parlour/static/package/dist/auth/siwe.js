/** The text a wallet signs, EIP-4361. `address` must carry its EIP-55 checksum. */
export function formatSignInMessage(message) {
    const lines = [
        `${message.domain} wants you to sign in with your Ethereum account:`,
        message.address,
        "",
        ...(message.statement ? [message.statement] : []),
        "",
        `URI: ${message.uri}`,
        `Version: ${message.version}`,
        `Chain ID: ${message.chainId}`,
        `Nonce: ${message.nonce}`,
        `Issued At: ${message.issuedAt}`,
    ];
    if (message.expirationTime)
        lines.push(`Expiration Time: ${message.expirationTime}`);
    if (message.resources?.length)
        lines.push("Resources:", ...message.resources.map((resource) => `- ${resource}`));
    return lines.join("\n");
}
