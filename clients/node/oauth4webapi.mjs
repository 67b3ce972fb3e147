// oauth4webapi: `refreshTokenGrantRequest`, then `processRefreshTokenResponse`.
//
// Code and text: `error` and `error_description` of its ResponseBodyError. The `code` of its other errors (OAUTH_...) is its own
// word, so it counts as no code.
// Worked around: it refuses http, so the request has its option `allowInsecureRequests`.
import { failure, run } from './endpoint.mjs';
import * as oauth from 'oauth4webapi';

const OWN = [oauth.OperationProcessingError, oauth.UnsupportedOperationError, oauth.WWWAuthenticateChallengeError];

async function ask(url) {
  const server = { issuer: new URL(url).origin, token_endpoint: url };
  const client = { client_id: 'client' };
  const options = { [oauth.allowInsecureRequests]: true };
  try {
    const auth = oauth.ClientSecretPost('example-secret');
    const response = await oauth.refreshTokenGrantRequest(server, client, auth, 'example', options);
    await oauth.processRefreshTokenResponse(server, client, response);
    return null;
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) {
      return failure(error, { code: error.error, description: error.error_description });
    }
    if (!OWN.some((own) => error instanceof own)) throw error;
    return failure(error, { code: null, description: null });
  }
}

await run('oauth4webapi', ['code', 'description'], ask);
