// simple-oauth2: `AccessToken.refresh` of its AuthorizationCode client.
//
// Code and text: `error` and `error_description` of the decoded body, `data.payload` of the Boom error that it throws.
// Worked around: nothing.
import { failure, member, run } from './endpoint.mjs';
import { AuthorizationCode } from 'simple-oauth2';

async function ask(url) {
  const { origin, pathname } = new URL(url);
  const auth = { tokenHost: origin, tokenPath: pathname, refreshPath: pathname };
  const client = new AuthorizationCode({ client: { id: 'client', secret: 'example-secret' }, auth });
  try {
    await client.createToken({ refresh_token: 'example' }).refresh();
    return null;
  } catch (error) {
    if (!error.isBoom) throw error;
    const body = error.data?.payload;
    return failure(error, { code: member(body, 'error'), description: member(body, 'error_description') });
  }
}

await run('simple-oauth2', ['code', 'description'], ask);
