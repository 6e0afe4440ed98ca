export * from "@aws-sdk/client-secrets-manager";
