// openid-client: `refreshTokenGrant`.
//
// Code and text: `error` and `error_description` of its ResponseBodyError. The `code` of its other errors (OAUTH_...) is its own
// word, so it counts as no code.
// Worked around: it refuses http, so `allowInsecureRequests` is called, which it has for tests.
import { failure, run } from './endpoint.mjs';
import * as client from 'openid-client';

async function ask(url) {
  const server = { issuer: new URL(url).origin, token_endpoint: url };
  const config = new client.Configuration(server, 'client', 'example-secret');
  client.allowInsecureRequests(config);
  try {
    await client.refreshTokenGrant(config, 'example');
    return null;
  } catch (error) {
    if (error instanceof client.ResponseBodyError) {
      return failure(error, { code: error.error, description: error.error_description });
    }
    const own = error instanceof client.ClientError || error instanceof client.WWWAuthenticateChallengeError;
    if (!own) throw error;
    return failure(error, { code: null, description: null });
  }
}

await run('openid-client', ['code', 'description'], ask);
