/// A table for a terminal. Columns are aligned; what doesn't fit is shortened or left out, the least important columns
/// first.
public struct TextTable: Sendable {
  public struct Column: Hashable, Sendable {
    public enum Alignment: Hashable, Sendable { case left, right }

    public var title: String
    public var alignment: Alignment
    /// The smallest width in cells. Rather than narrower than this (or than its content), the column is left out.
    public var minimum: Int
    /// Columns with the highest number are left out first, those with equal numbers together. The first column always
    /// stays.
    public var rank: Int
    /// A width in cells that the column keeps even if its content is narrower, so that columns don't move between
    /// redraws.
    public var reserved: Int
    /// The largest width in cells, even if there is more room, so that one long name doesn't displace everything else.
    public var maximum: Int

    public init(
      _ title: String, _ alignment: Alignment = .left, minimum: Int = .max, rank: Int = 0, reserved: Int = 0,
      maximum: Int = .max
    ) {
      self.title = title
      self.alignment = alignment
      self.minimum = minimum
      self.rank = rank
      self.reserved = reserved
      self.maximum = maximum
    }
  }

  /// A cell's text and its emphasis.
  public struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    var text: String
    var emphasis: Emphasis
    var ellipsis: Ellipsis

    public init(_ text: String, _ emphasis: Emphasis = .plain, ellipsis: Ellipsis = .end) {
      self.text = text.visible
      self.emphasis = emphasis
      self.ellipsis = ellipsis
    }

    public init(stringLiteral text: String) { self.init(text) }
  }

  private static let gap = 2
  private let columns: [Column]
  private var rows: [[Cell]] = []

  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty.
  public mutating func add(_ cells: [Cell]) {
    rows.append((0..<columns.count).map { $0 < cells.count ? cells[$0] : "" })
  }

  /// The heading and the rows. Without a `width` nothing is shortened.
  public func lines(width: Int? = nil) -> [Line] {
    let layout = layout(width: width)
    let heading = columns.map { Cell($0.title, .heading) }
    return ([heading] + rows).map { row in
      var line = Line()
      for (position, item) in layout.enumerated() {
        let isLast = position == layout.count - 1
        line.append(cell(row[item.column], columns[item.column], item.width, isLast: isLast))
        if !isLast { line.append(String(repeating: " ", count: Self.gap)) }
      }
      return width.map(line.shortened(to:)) ?? line
    }
  }

  private func cell(_ cell: Cell, _ column: Column, _ width: Int, isLast: Bool) -> Line {
    let text = cell.text.shortened(to: width, at: cell.ellipsis)
    let blank = Line(String(repeating: " ", count: width - text.displayWidth))
    var line = Line()
    if column.alignment == .right { line.append(blank) }
    line.append(text, cell.emphasis)
    if column.alignment == .left, !isLast { line.append(blank) }
    return line
  }

  /// Which columns are shown, and their widths.
  private func layout(width: Int?) -> [(column: Int, width: Int)] {
    let content = columns.indices.map { index in
      rows.reduce(max(columns[index].title.displayWidth, width == nil ? 0 : columns[index].reserved)) {
        max($0, $1[index].text.displayWidth)
      }
    }
    var shown = Array(columns.indices)
    guard let width else { return shown.map { ($0, content[$0]) } }
    let wanted = columns.indices.map { min(content[$0], columns[$0].maximum) }
    let least = columns.indices.map { min(columns[$0].minimum, wanted[$0]) }
    let needed = { (shown: [Int], widths: [Int]) in
      shown.reduce(0) { $0 + widths[$1] } + Self.gap * max(0, shown.count - 1)
    }
    while needed(shown, least) > width, let last = shown.dropFirst().map({ columns[$0].rank }).max() {
      shown = shown.prefix(1) + shown.dropFirst().filter { columns[$0].rank < last }
    }
    // Spare cells go to the columns in their order, so the first column gets them first.
    var spare = max(0, width - needed(shown, least))
    return shown.map { index in
      let more = min(spare, wanted[index] - least[index])
      spare -= more
      return (index, least[index] + more)
    }
  }
}
