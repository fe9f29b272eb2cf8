import { Moved, type Handlers } from '../../ops/worker-channel.ts'
import { openBackend } from '../backend/open.ts'
import { LearningError } from '../errors.ts'
import { packDrawings } from '../packed-drawings.ts'
import type { LogLine, PredictorCalls, ServedModel } from '../rpc.ts'
import type { StarterModel } from '../starter/file.ts'
import { loadStarter } from '../starter/load.ts'
import { HotModels } from './hot-models.ts'

/** The key of the shipped model, which the scratch pad asks. */
const STARTER_KEY = 'starter'
const MOST_HOT = 64
const WARM_UP_SIZES = [1, 16]

/** The predictor behind its calls: hot models and the backend they guess on. */
export function createPredictor(log: (line: LogLine) => void): Handlers<PredictorCalls> {
  let models: HotModels | null = null
  // One call at a time: calls on one network must not overlap.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(job: (hot: HotModels) => T | Promise<T>): Promise<T> {
    const result = last.then(() => {
      if (!models) throw new LearningError('not-ready', 'the predictor has no backend yet')
      return job(models)
    })
    last = result.catch(() => undefined)
    return result
  }
  return {
    async start({ backend: wanted }) {
      const backend = await openBackend(wanted, (message) => {
        log({ level: 'info', message: `predictor: ${message}`, detail: '' })
      })
      const starter = loadStarter()
      const served = starterModel(starter)
      models = new HotModels(backend, MOST_HOT)
      models.pin(STARTER_KEY, served)
      await warmUp(models)
      return {
        backend: backend.name,
        description: backend.description,
        model: served.model,
        classNames: starter.classes,
      }
    },
    load: ({ key, served }) =>
      inTurn((hot) => {
        hot.load(key, served)
        return null
      }),
    drop: ({ key }) =>
      inTurn((hot) => {
        hot.drop(key)
        return null
      }),
    predict: ({ key, drawings }) =>
      inTurn(async (hot) => {
        const predicted = await hot.predict(key, drawings)
        return predicted.kind === 'made' ? new Moved(predicted, [predicted.probabilities.buffer]) : predicted
      }),
    stop: () => inTurn(() => null),
  }
}

/** The starter as a served model; its class ids are its class names. */
function starterModel(starter: StarterModel): ServedModel {
  return {
    model: {
      version: 1,
      step: 0,
      classIds: starter.classes,
      serving: 'ema',
      family: 'cnn',
      parameters: starter.weights.length,
      trainedTo: 0,
    },
    recipe: starter.recipe,
    weights: starter.weights.slice(),
    temperature: starter.temperature,
  }
}

/** Guesses once at each usual size, so that the first real guess finds everything compiled. */
async function warmUp(models: HotModels): Promise<void> {
  const stroke = { xs: [200, 500, 800], ys: [300, 700, 400] }
  for (const size of WARM_UP_SIZES)
    await models.predict(STARTER_KEY, packDrawings(Array.from({ length: size }, () => [stroke])))
}
