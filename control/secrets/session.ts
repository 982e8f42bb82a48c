export { sessionCookie } from '../access/sessions.ts'
