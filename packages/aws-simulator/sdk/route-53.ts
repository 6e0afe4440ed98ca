export * from "@aws-sdk/client-route-53";
