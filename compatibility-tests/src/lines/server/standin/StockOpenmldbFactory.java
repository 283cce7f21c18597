package standin;

public final class StockOpenmldbFactory extends StockFactory {

    @Override
    public String getName() {
        return "OPENMLDB";
    }
}
