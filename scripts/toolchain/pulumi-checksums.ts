/**
 * Checksums of the Pulumi CLI's official archives, by file name. A version without checksums is not downloaded but
 * built. Pulumi publishes them in its Homebrew formula (https://github.com/pulumi/homebrew-tap); the one for Windows is
 * from Scoop's manifest (https://github.com/ScoopInstaller/Main).
 */
export const pulumiChecksums: Readonly<Record<string, string>> = {
  "pulumi-v3.259.0-darwin-arm64.tar.gz": "sha256:57c27f179e527e2cf9f62b841a448af72a020e44b2fb4ee0d9bd85556c00c864",
  "pulumi-v3.259.0-darwin-x64.tar.gz": "sha256:eaca4c3b8277bfa3ab061fa3b270d1c66358a0b2e613da8c5587a04b7226c534",
  "pulumi-v3.259.0-linux-arm64.tar.gz": "sha256:edc8327463a72160bb36cf82cf5062da9c8a244290a706d9980988e7bf486853",
  "pulumi-v3.259.0-linux-x64.tar.gz": "sha256:94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5",
  "pulumi-v3.259.0-windows-x64.zip":
    "sha512:7a49068c2a10110c5887135d43d7ab02b8b23c95af15a3b0f35104fced8366dac48ed33da6f2a4da55f74d960f894dbe6d6c75ea0cdf95ff3fa2991a2474dca6",
};
