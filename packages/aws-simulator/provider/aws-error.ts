/** Returns an error as AWS words it, for what AWS rejects and the simulator accepts. */
export function awsError(service: string, operation: string, code: string, message: string): Error {
  const error = new Error(`operation error ${service}: ${operation}, api error ${code}: ${message}`);
  error.name = code;
  return error;
}
