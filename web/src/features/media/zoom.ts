/** How a picture lies on its stage: how large, and moved by how much. Lengths are in pixels of the screen. */

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** How many times enlarged, and how far its middle is from the middle of the stage. */
export interface View extends Point {
  zoom: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };

/** What a double tap enlarges to, and what every picture can be enlarged to at least. */
export const CLOSE = 2.5;
const ZOOM_MAX = 4;

/** As large as it is, or as the stage is where that is smaller. */
export function fitted(picture: Size, stage: Size): Size {
  const part = Math.min(1, stage.width / picture.width, stage.height / picture.height);
  return { width: picture.width * part, height: picture.height * part };
}

/** It can be enlarged until each of its pixels is one of the screen. */
function zoomMax(picture: Size, stage: Size): number {
  return Math.max(ZOOM_MAX, picture.width / Math.max(1, fitted(picture, stage).width));
}

/** Keeps the stage filled as far as the picture reaches. */
export function kept({ zoom, x, y }: View, picture: Size, stage: Size): View {
  const bounded = Math.min(Math.max(zoom, 1), zoomMax(picture, stage));
  if (bounded === 1) return WHOLE;
  const { width, height } = fitted(picture, stage);
  const keep = (at: number, length: number, room: number) => {
    const most = Math.max(0, (length * bounded - room) / 2);
    return Math.min(Math.max(at, -most), most);
  };
  return { zoom: bounded, x: keep(x, width, stage.width), y: keep(y, height, stage.height) };
}

/** Enlarged so that what is at the point, counted from the middle of the stage, stays there. */
export function enlarged(view: View, times: number, point: Point, picture: Size, stage: Size): View {
  const { zoom } = kept({ ...view, zoom: view.zoom * times }, picture, stage);
  const grown = zoom / view.zoom;
  const x = point.x - (point.x - view.x) * grown;
  const y = point.y - (point.y - view.y) * grown;
  return kept({ zoom, x, y }, picture, stage);
}
