// @badgateway/oauth2-client: `OAuth2Client.refreshToken`.
//
// Code and text: `oauth2Code` of its OAuth2Error, and `error_description` of the `parsedBody` that the error has.
// Worked around: nothing.
import { failure, member, run } from './endpoint.mjs';
import { OAuth2Client, OAuth2Error } from '@badgateway/oauth2-client';

async function ask(url) {
  const client = new OAuth2Client({ clientId: 'client', clientSecret: 'example-secret', tokenEndpoint: url });
  try {
    await client.refreshToken({ accessToken: '', refreshToken: 'example', expiresAt: null });
    return null;
  } catch (error) {
    if (!(error instanceof OAuth2Error)) throw error;
    return failure(error, { code: error.oauth2Code, description: member(error.parsedBody, 'error_description') });
  }
}

await run('@badgateway/oauth2-client', ['code', 'description'], ask);
