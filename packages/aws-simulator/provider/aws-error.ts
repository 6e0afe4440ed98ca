/** What AWS refuses, and the simulator does not, in the words in which AWS does. */
export function awsError(service: string, operation: string, code: string, message: string): Error {
  const error = new Error(`operation error ${service}: ${operation}, api error ${code}: ${message}`);
  error.name = code;
  return error;
}
