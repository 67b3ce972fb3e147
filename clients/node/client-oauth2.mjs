// client-oauth2: `Token.refresh`.
//
// Code and text: `error` and `error_description` of the decoded body, `body` of the error that it throws. (Its message is a
// sentence of its own for each code of RFC 6749, which hides the server's text; `shown` has it.) Its own errors have the `code`
// EAUTH or ESTATUS.
// Worked around: nothing.
import { failure, member, run } from './endpoint.mjs';
import ClientOAuth2 from 'client-oauth2';

async function ask(url) {
  const client = new ClientOAuth2({ clientId: 'client', clientSecret: 'example-secret', accessTokenUri: url });
  try {
    await client.createToken('', 'example', 'bearer').refresh();
    return null;
  } catch (error) {
    if (!['EAUTH', 'ESTATUS'].includes(error.code)) throw error;
    return failure(error, { code: member(error.body, 'error'), description: member(error.body, 'error_description') });
  }
}

await run('client-oauth2', ['code', 'description'], ask);
