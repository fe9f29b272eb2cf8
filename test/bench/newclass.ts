import { join } from 'node:path'
import { openBackend } from '../../server/learning/backend/open.ts'
import { randomFor } from '../../server/learning/model/random.ts'
import type { StrokePath } from '../../server/learning/service.ts'
import { classIdOf } from '../integration/learning/drive.ts'
import { digitDrawings } from './load/digit-stream.ts'
import { growRoom, teachRoom, type Growth, type NewClass, type RoomPlan } from './load/growing-room.ts'
import { fixtureWords, readStrokeWords, type DrawingsByWord } from './load/stroke-words.ts'
import { drawingRasters } from './load/test-rasters.ts'
import type { BenchOptions, Figures } from './options.ts'

const SEED = 4
/** Drawings of a new class that are made in a room; one that is not known by then counts as known after one more. */
const NEW_TAUGHT = 10
const OLD_CLASSES = 10
const NEW_CLASSES = 10
const OLD_TAUGHT = 20
const DIGITS_READ = 2_000
const IMAGES_TESTED = 2_000
const FIXTURES = { old: 5, added: 2, oldTaught: 8, newTaught: 4 }

/**
 * An eleventh class appears in a room that knows ten: Omniglot's characters in a room of digits, sketches in one of sketches.
 * Recall is that of drawings of the class by others, by the model that serves. `--quick` takes two classes of each; without
 * data a room of five of the fixtures' words gets two more.
 */
export default async function bench({ data, quick }: BenchOptions): Promise<Figures> {
  const backend = await openBackend('wasm', () => undefined)
  const setups = data === null ? { sketches: fixtureSketches() } : fullSetups(data, quick ? 2 : NEW_CLASSES)
  const figures: Figures = {}
  const all: { readonly drawings: number; readonly growth: Growth }[] = []
  for (const [name, { plan, added }] of Object.entries(setups)) {
    const room = await teachRoom(backend, plan)
    const grown: typeof all = []
    for (const newClass of added) {
      const growth = await growRoom(backend, room, newClass)
      grown.push({ growth, drawings: growth.drawings ?? newClass.taught.length + 1 })
    }
    all.push(...grown)
    figures[`drawings_to_80_percent_${name}`] = mean(grown.map(({ drawings }) => drawings))
    figures[`old_classes_drop_points_${name}`] = 100 * mean(grown.map(({ growth }) => growth.drop))
    figures[`old_accuracy_${name}`] = room.accuracy
  }
  return {
    drawings_to_80_percent: mean(all.map(({ drawings }) => drawings)),
    old_classes_drop_points: 100 * mean(all.map(({ growth }) => growth.drop)),
    ...figures,
    new_classes: all.length,
    never_at_80_percent: all.filter(({ growth }) => growth.drawings === null).length,
    backend: backend.name,
  }
}

interface Setup {
  readonly plan: RoomPlan
  readonly added: readonly NewClass[]
}

function fullSetups(data: string, added: number): Record<string, Setup> {
  const glyphs = chosen(readStrokeWords(join(data, 'omniglot')), NEW_TAUGHT * 2)
  const words = chosen(readStrokeWords(join(data, 'quickdraw_strokes')), OLD_TAUGHT + NEW_TAUGHT)
  return {
    omniglot: { plan: digitRoom(data), added: glyphs.slice(0, added).map(asNewClass) },
    sketches: {
      plan: sketchRoom(words.slice(0, OLD_CLASSES), OLD_TAUGHT),
      added: words.slice(OLD_CLASSES, OLD_CLASSES + added).map(asNewClass),
    },
  }
}

function fixtureSketches(): Setup {
  const words = chosen(fixtureWords(), 1)
  const { old, added, oldTaught, newTaught } = FIXTURES
  return {
    plan: sketchRoom(words.slice(0, old), oldTaught),
    added: words.slice(old, old + added).map((drawings) => ({
      taught: drawings.slice(0, newTaught),
      tested: drawings.slice(newTaught),
    })),
  }
}

/** The drawings of all classes with at least so many, the classes in a seeded order. */
function chosen(byWord: DrawingsByWord, least: number): (readonly (readonly StrokePath[])[])[] {
  const enough = [...byWord.values()].filter(({ length }) => length >= least)
  return randomFor(SEED, 0, 'classes').shuffle(enough)
}

function asNewClass(drawings: readonly (readonly StrokePath[])[]): NewClass {
  return { taught: drawings.slice(0, NEW_TAUGHT), tested: drawings.slice(NEW_TAUGHT) }
}

/** A room with the digits template: the shipped starter, and drawings of its own. */
function digitRoom(data: string): RoomPlan {
  const { drawings, test } = digitDrawings(data, DIGITS_READ, IMAGES_TESTED)
  const ids = Array.from({ length: OLD_CLASSES }, (_, digit) => classIdOf(digit))
  return {
    start: { starter: 'digits', starterClasses: ids, recipe: 'mnist' },
    taught: ids.map((_, digit) =>
      drawings
        .filter(({ truth }) => truth === digit)
        .slice(0, OLD_TAUGHT)
        .map(({ strokes }) => strokes),
    ),
    test,
  }
}

function sketchRoom(words: readonly (readonly (readonly StrokePath[])[])[], taught: number): RoomPlan {
  return {
    start: { starter: 'encoder', starterClasses: [], recipe: 'quickdraw' },
    taught: words.map((drawings) => drawings.slice(0, taught)),
    test: drawingRasters(
      words.flatMap((drawings, truth) => drawings.slice(taught).map((strokes) => ({ truth, strokes }))),
      'quickdraw',
    ),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
