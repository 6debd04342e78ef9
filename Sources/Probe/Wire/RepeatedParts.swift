package import JSON

/// Sends equal parts of many rows once.
///
/// A busy process has hundreds of flows, each with the same owner of half a kilobyte. In
/// `{"owners":[O],"flows":[{"owner":0,…},{"owner":0,…}]}` it appears once; names of namespaces do, too.
package enum RepeatedParts {
  private static let columns = ["owner", "namespaceName", "interface", "outInterface"]

  /// Replaces the value of each column, in every object of the list `rows`, by its position in a list that is added to
  /// the document and named after the column.
  package static func gather(_ rows: String, in document: JSONValue) -> JSONValue {
    guard case .list(var elements)? = document[rows] else { return document }
    var document = document
    for column in columns {
      var numbers: [JSONValue: UInt64] = [:]
      var values: [JSONValue] = []
      for index in elements.indices {
        guard let value = elements[index][column] else { continue }
        let number = numbers[value] ?? UInt64(values.count)
        if number == values.count {
          numbers[value] = number
          values.append(value)
        }
        elements[index].set(column, .unsigned(number))
      }
      if !values.isEmpty { document.set(column + "s", .list(values)) }
    }
    document.set(rows, .list(elements))
    return document
  }

  /// The original document. A position that does not exist stays, and is rejected when the row is decoded.
  package static func spread(_ rows: String, in document: JSONValue) -> JSONValue {
    guard case .list(var elements)? = document[rows] else { return document }
    for column in columns {
      guard case .list(let values)? = document[column + "s"] else { continue }
      for index in elements.indices {
        guard case .unsigned(let number)? = elements[index][column], let position = Int(exactly: number),
          values.indices.contains(position)
        else { continue }
        elements[index].set(column, values[position])
      }
    }
    var document = document
    document.set(rows, .list(elements))
    return document
  }
}
