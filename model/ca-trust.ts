/** Returns the command by which this machine's browsers trust a CA; Firefox imports it in its settings. */
export function trustCommand(caFile: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return `certutil -addstore -user Root ${caFile}`;
  if (platform === "darwin") return `sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain ${caFile}`;
  return `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n livekit -i ${caFile}`;
}

/** Describes an update that replaces the CA. */
export function renderNewCaPlan(reason: string): string {
  return `The update creates a new certificate authority (CA) for this stack, because of the current one: ${reason}.`;
}

/** Describes how each device trusts a CA that replaced another one. */
export function renderTrustSteps(caFile: string, platform: NodeJS.Platform): string {
  return `Each browser and phone must trust the new CA, ${caFile}.
  this machine           ${trustCommand(`"${caFile}"`, platform)}
  other devices          "Trust the certificate" in README.md`;
}
