/** Returns an error in AWS's wording, for requests that AWS rejects but the simulated AWS accepts. */
export function awsError(service: string, operation: string, code: string, message: string): Error {
  const error = new Error(`operation error ${service}: ${operation}, api error ${code}: ${message}`);
  error.name = code;
  return error;
}
