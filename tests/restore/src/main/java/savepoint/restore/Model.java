package savepoint.restore;

import java.util.Objects;

/** POJOs that the job keeps in its state. Public names and fields are part of the snapshots. */
public final class Model {
    private Model() {}

    /** Flink's `pipeline.serialization-config`: the heap backend forgets the serializers of classes that are not in it. */
    static final String REGISTERED = "[savepoint.restore.Model$Circle: {type: pojo}, savepoint.restore.Model$Box: {type: pojo}]";

    public enum Level { BRONZE, SILVER, GOLD }

    public static class Address {
        public String city;
        public int zip;
    }

    /** Nested, with nullable fields, an array and an enum. */
    public static class Customer {
        public long id;
        public String name;
        public Double balance;
        public int[] marks;
        public Address address;
        public Level level;

        static Customer of(long key, int round) {
            long x = Shared.random(key, round, 77);
            Customer c = new Customer();
            c.id = key;
            c.name = key % 5 == 4 ? null : "name " + Shared.text(8, key, round, 5);
            c.balance = key % 4 == 3 ? null : x / 1000.0;
            c.marks = new int[] {round, (int) x};
            if (key % 3 != 2) {
                c.address = new Address();
                c.address.city = "city " + key % 10;
                c.address.zip = (int) (x >>> 40);
            }
            c.level = Level.values()[(int) Math.floorMod(x, 3L)];
            return c;
        }
    }

    /** With subclasses: the serializer writes their tags or, if not registered, their names. */
    public static class Shape {
        public String name;

        static Shape of(long x) {
            Shape s;
            if (x % 3 == 0) {
                Circle c = new Circle();
                c.radius = x % 2 == 0 ? null : x / 7.0;
                s = c;
            } else if (x % 3 == 1) {
                Box b = new Box();
                b.sides = new long[] {x, x >>> 32};
                b.level = Level.values()[(int) Math.floorMod(x, 3L)];
                s = b;
            } else {
                s = new Shape();
            }
            s.name = x % 5 == 0 ? null : "shape " + x % 100;
            return s;
        }
    }

    public static class Circle extends Shape {
        public Double radius;
    }

    public static class Box extends Shape {
        public long[] sides;
        public Level level;
    }

    /** No POJO: Flink leaves it to Kryo. */
    public static final class Parcel {
        private final long id;
        private final String label;
        private final int[] sizes;

        Parcel(long key, int round) {
            id = key;
            label = key % 4 == 0 ? null : "parcel " + Shared.text(12, key, round, 6);
            sizes = new int[] {round, (int) Shared.random(key, round, 78)};
        }
    }

    /** A key with a hash code of the most usual kind, over fields whose order is not that of their names. */
    public static class Order {
        /** Of the one that --misplaced puts into a key group that is not its own. */
        private static final int MISPLACED = 17;

        public String shop;
        public int number;
        public Long customer;

        public Order() {}

        Order(String shop, int number, Long customer) {
            this.shop = shop;
            this.number = number;
            this.customer = customer;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Order && ((Order) o).shop.equals(shop) && ((Order) o).number == number
                    && Objects.equals(((Order) o).customer, customer);
        }

        @Override
        public int hashCode() {
            return Shared.misplaced && number == MISPLACED ? 0 : Objects.hash(shop, number, customer);
        }
    }

    /** A key. Its hash code must be the same in every JVM: no enum in it. */
    public static class Device {
        public long id;
        public String model;

        public Device() {}

        Device(long id, String model) {
            this.id = id;
            this.model = model;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Device && ((Device) o).id == id && Objects.equals(((Device) o).model, model);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(id) * 31 + Objects.hashCode(model);
        }
    }
}
