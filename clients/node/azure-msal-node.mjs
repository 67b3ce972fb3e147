// @azure/msal-node: `PublicClientApplication.acquireTokenByRefreshToken`.
//
// Code: `errorCode` of its ServerError and InteractionRequiredAuthError. Text: none; the `errorMessage` of a ServerError is a
// sentence of its own around the server's text ("Error(s): ... - Description: ..."), which `shown` has. The codes of its other
// errors (ClientAuthError) are its own words, so they count as no code.
// Worked around: it wants an authority over https, whose documents it is given as options, with a token endpoint over http. A new
// application for each refresh, since it answers the next refresh from a cache after an error.
import { failure, run } from './endpoint.mjs';
import { AuthError, InteractionRequiredAuthError, PublicClientApplication, ServerError } from '@azure/msal-node';

const AUTHORITY = 'https://login.example/tenant';

async function ask(url) {
  const authorityMetadata = {
    issuer: AUTHORITY,
    authorization_endpoint: `${AUTHORITY}/authorize`,
    token_endpoint: url,
    end_session_endpoint: `${AUTHORITY}/logout`,
    jwks_uri: `${AUTHORITY}/keys`,
  };
  const auth = {
    clientId: 'client',
    authority: AUTHORITY,
    knownAuthorities: ['login.example'],
    authorityMetadata: JSON.stringify(authorityMetadata),
  };
  try {
    await new PublicClientApplication({ auth }).acquireTokenByRefreshToken({ refreshToken: 'example', scopes: ['example'] });
    return null;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const fromServer = error instanceof ServerError || error instanceof InteractionRequiredAuthError;
    return failure(error, { code: fromServer ? error.errorCode : null });
  }
}

await run('@azure/msal-node', ['code'], ask);
