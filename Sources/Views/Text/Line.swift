/// One line for people: pieces of text, each with its emphasis.
///
/// A piece's text is made `visible` when it is added, so no line can contain another program's escape sequences.
public struct Line: Hashable, Sendable, ExpressibleByStringInterpolation {
  struct Piece: Hashable, Sendable {
    var text: String
    var emphasis: Emphasis
  }

  private(set) var pieces: [Piece] = []
  /// How many cells it occupies.
  public private(set) var width = 0

  public init() {}

  public init(_ text: String, _ emphasis: Emphasis = .plain) { append(text, emphasis) }

  public init(stringLiteral text: String) { self.init(text) }

  public mutating func append(_ text: String, _ emphasis: Emphasis = .plain) {
    add(Piece(text: text.visible, emphasis: emphasis))
  }

  public mutating func append(_ line: Line) {
    for piece in line.pieces { add(piece) }
  }

  private mutating func add(_ piece: Piece) {
    guard !piece.text.isEmpty else { return }
    width += piece.text.displayWidth
    pieces.append(piece)
  }

  /// Appends spaces up to `width` cells.
  public func padded(to width: Int) -> Line {
    guard self.width < width else { return self }
    var result = self
    result.add(
      Piece(text: String(repeating: " ", count: width - self.width), emphasis: pieces.last?.emphasis ?? .plain))
    return result
  }

  /// The line in at most `width` cells, with an ellipsis in place of what was removed.
  public func shortened(to width: Int) -> Line {
    guard self.width > width else { return self }
    var result = Line()
    for piece in pieces {
      let room = width - result.width
      // The ellipsis stands for everything after it, so a piece that exactly fills the line is cut, too.
      if piece.text.displayWidth < room {
        result.add(piece)
      } else {
        let cut = room > 0 ? piece.text.prefix(cells: room - 1) + "…" : ""
        result.add(Piece(text: cut, emphasis: piece.emphasis))
        break
      }
    }
    return result
  }

  /// Lines of at most `width` cells, broken at spaces; all but the first are indented. A longer word stays whole, so
  /// that it can be copied.
  public func wrapped(to width: Int, indent: Int = 2) -> [Line] {
    guard self.width > width, width > indent else { return [self] }
    var lines: [Line] = []
    var current = Line()
    var blanks = ""
    for piece in pieces {
      var rest = Substring(piece.text)
      while !rest.isEmpty {
        let gap = rest.prefix { $0 == " " }
        let word = rest.dropFirst(gap.count).prefix { $0 != " " }
        rest = rest.dropFirst(gap.count + word.count)
        blanks += gap
        guard !word.isEmpty else { continue }
        let text = blanks + word
        if !blanks.isEmpty, current.width > indent, current.width + text.displayWidth > width {
          lines.append(current)
          current = Line(String(repeating: " ", count: indent))
          current.add(Piece(text: String(word), emphasis: piece.emphasis))
        } else {
          current.add(Piece(text: text, emphasis: piece.emphasis))
        }
        blanks = ""
      }
    }
    return lines + [current]
  }

  /// The same text with one emphasis for all of it.
  public func emphasized(_ emphasis: Emphasis) -> Line {
    var result = self
    for index in result.pieces.indices { result.pieces[index].emphasis = emphasis }
    return result
  }

  /// The text alone.
  public var text: String { pieces.map(\.text).joined() }

  /// The text as it is written to a terminal or a pipe, with the style's colours.
  public func rendered(_ style: Style) -> String {
    pieces.map { style.paint($0.text, $0.emphasis) }.joined()
  }
}
