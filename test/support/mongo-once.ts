import { findMongoProgram } from './mongo-program.ts'

/** Before any test: builds what the first test of MongoDB would else build under its time limit. */
export default async function mongoOnce(): Promise<void> {
  if ((process.env['MONGODB_URL'] ?? '') === '') await findMongoProgram()
}
