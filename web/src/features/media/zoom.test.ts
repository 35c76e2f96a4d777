import { describe, expect, it } from 'vitest';
import { enlarged, fitted, kept, WHOLE } from './zoom';

const STAGE = { width: 400, height: 300 };
const PHOTO = { width: 1600, height: 900 };

describe('a picture on its stage', () => {
  it('fits, and is not blown up', () => {
    expect(fitted(PHOTO, STAGE)).toEqual({ width: 400, height: 225 });
    expect(fitted({ width: 40, height: 30 }, STAGE)).toEqual({ width: 40, height: 30 });
    expect(fitted(PHOTO, { width: 0, height: 0 })).toEqual({ width: 0, height: 0 });
  });

  it('is enlarged around a point, which stays where it is', () => {
    const point = { x: 50, y: 20 };
    const view = enlarged(WHOLE, 2, point, PHOTO, STAGE);
    expect(view.zoom).toBe(2);
    // What was under the point is under it still.
    expect((point.x - view.x) / view.zoom).toBeCloseTo(point.x);
    expect((point.y - view.y) / view.zoom).toBeCloseTo(point.y);
  });

  it('is never moved off its stage', () => {
    expect(kept({ zoom: 2, x: 9999, y: -9999 }, PHOTO, STAGE)).toEqual({ zoom: 2, x: 200, y: -75 });
    // Where it does not fill the stage it stays in the middle.
    expect(kept({ zoom: 1.2, x: 0, y: 50 }, PHOTO, STAGE).y).toBe(0);
  });

  it('has bounds, of which the larger grows with the picture', () => {
    expect(enlarged(WHOLE, 0.5, { x: 9, y: 9 }, PHOTO, STAGE)).toEqual(WHOLE);
    expect(enlarged(WHOLE, 99, { x: 0, y: 0 }, PHOTO, STAGE).zoom).toBe(4);
    expect(enlarged(WHOLE, 99, { x: 0, y: 0 }, { width: 4000, height: 3000 }, STAGE).zoom).toBe(10);
  });
});
