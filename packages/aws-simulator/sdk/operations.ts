/** Returns the operations of a service, such as `DescribeVpcs`. @param client the end of the client's name, such as `ec2` */
export function operations(client: string): string[] {
  const exported = Object.keys(require(`@aws-sdk/client-${client}`));
  return exported.flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
}
