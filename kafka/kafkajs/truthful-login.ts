import type { Login, LoginStep } from './internals.ts'

/**
 * kafkajs calls every failure of a login a wrong password and forgets what it was, also when only the connection broke. Here what
 * came of a question to the broker stays what it is.
 */
export function truthfulLogin(builtIn: Login): Login {
  return connection => {
    let failure: unknown = null
    const saslAuthenticate = async (step: LoginStep) => {
      try {
        return await connection.saslAuthenticate(step)
      } catch (error) {
        failure = error
        throw error
      }
    }
    const login = builtIn({ ...connection, saslAuthenticate })
    return {
      async authenticate() {
        try {
          await login.authenticate()
        } catch (error) {
          throw failure ?? error
        }
      },
    }
  }
}
